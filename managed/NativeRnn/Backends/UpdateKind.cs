namespace NativeRnn.Backends;

/// <summary>The rules of the optimizers; the values are those of <c>nrnn_rule</c>. What each keeps: <see cref="UpdateArrays"/>.</summary>
public enum UpdateKind
{
    /// <summary>Stochastic gradient descent. Keeps a velocity where it has momentum.</summary>
    Sgd = 0,

    /// <summary>Duchi, Hazan and Singer 2011. Keeps the sum of the squares.</summary>
    Adagrad = 1,

    /// <summary>Zeiler 2012. Keeps the averages of the squared gradients and of the squared steps.</summary>
    Adadelta = 2,

    /// <summary>Tieleman and Hinton 2012. Keeps the average of the squares; where centred, the mean of the gradients, and the squares are of the distance from it; a velocity where it has momentum.</summary>
    RmsProp = 3,

    /// <summary>Kingma and Ba 2015. Keeps both moments and, for AMSGrad (Reddi, Kale and Kumar 2018), the highest second one.</summary>
    Adam = 4,

    /// <summary>Dozat 2016. Keeps both moments.</summary>
    NAdam = 5,

    /// <summary>Kingma and Ba 2015, section 7.1. Keeps the first moment and the largest magnitude.</summary>
    AdaMax = 6,

    /// <summary>Polyak and Juditsky 1992. Keeps the average of the parameters.</summary>
    AveragedSgd = 7,
}
